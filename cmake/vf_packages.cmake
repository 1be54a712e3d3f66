# Third-party code comes as packages only. Which target may use which: cmake/vf_layers.cmake.

find_package(Boost 1.74 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(msgpack CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(RocksDB 7.8 CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(benchmark CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

# Asio is compiled once, here, and is headers without implementation everywhere else.
add_library(vf_asio STATIC ${CMAKE_CURRENT_SOURCE_DIR}/cmake/asio.cc)
target_compile_definitions(vf_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                                          BOOST_ERROR_CODE_HEADER_ONLY)
target_link_libraries(vf_asio PUBLIC Boost::headers Threads::Threads)
