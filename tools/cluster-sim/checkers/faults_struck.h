// Promise: each fault of the run did something; one that never strikes tests nothing.
//
// Judged in every run. Excused: a fault of chance, like the loss of one datagram in fifty, that met
// so few datagrams that it may well have struck none; a reset of nodes that have no place in the
// list of any partition, and so no connections either (in a cluster of more nodes than partitions).
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckFaultsStruck(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
