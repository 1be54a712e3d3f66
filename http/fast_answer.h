// The hottest answers (a value, no value, stored) without cpp-httplib.
//
// The bytes are those that HttpEndpoint makes through cpp-httplib, fields in the same order; a test
// compares both over a corpus, so a change of the library shows there.
#pragma once

#include <string>

#include "http/answer.h"

namespace vf {

// Appends the response to `out` and returns true, or returns false, with `out` as it was, if the
// answer is none of the hottest. A value is copied once. Throws only std::bad_alloc, `out` then as
// it was.
bool AppendFastAnswer(const Answer& answer, const AnswerForm& form, std::string& out);

}  // namespace vf
