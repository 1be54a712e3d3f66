// Rows of text in columns that line up.
#pragma once

#include <string>
#include <vector>

namespace vf::ctl {

// Each row with as many cells as `header`, which may be empty: no header line then. Columns are two
// spaces apart; no line ends with a space. Bytes that could move a terminal's cursor are escaped
// (EscapeForLog), since cells come from elsewhere.
std::string TextTable(const std::vector<std::string>& header,
                      const std::vector<std::vector<std::string>>& rows);

}  // namespace vf::ctl
