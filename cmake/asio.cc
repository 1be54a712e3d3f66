// The one translation unit that holds Asio's implementation (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
#include <utility>  // Asio 1.74 uses std::exchange without including it.
