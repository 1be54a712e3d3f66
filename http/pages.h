// The operator pages as ordinary cpp-httplib handlers. The only JSON of the server side.
#pragma once

#include <string>

#include "http/operator_service.h"

namespace httplib {
class Server;
}

namespace vf {

// Registers GET (and so HEAD) of every path of http/target.h's Page that is answered at once.
// `operators` and `key`, the decoded key that /replicas is asked for at the moment, outlive the
// server. Handlers throw what `operators` throws.
void InstallPages(httplib::Server& server, const OperatorService& operators,
                  const std::string& key);

}  // namespace vf
