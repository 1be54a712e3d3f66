// An operator new that can be made to fail. It replaces that of the whole program.
#pragma once

namespace vf {

// Of the calling thread: `succeeding` more allocations succeed, then `failing` fail.
void FailAllocations(int succeeding, int failing);
// Ends that; returns how many have failed.
int StopFailingAllocations();

}  // namespace vf
