// Pieces of HTML and SVG text.
#pragma once

#include <string>
#include <string_view>

namespace vf::sim {

// Fit for text and for attributes in double quotes: & < > " ' become entities, and what is not
// printable ASCII becomes \n, \t or \xNN, so that any bytes can be shown. At most `most` bytes of
// the input are used; "..." says that there is more.
std::string Escaped(std::string_view text, std::size_t most = 2000);

// A coordinate: at most one decimal, "12.5".
std::string Coordinate(double value);

}  // namespace vf::sim
