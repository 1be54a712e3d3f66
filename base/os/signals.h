// The orderly stop: what SIGTERM and SIGINT mean to vfnode and vfcontroller.
//
// The first of them asks for an orderly stop; the second ends the process at once, from within the
// signal handler, with status 128 + its number, whatever the threads are doing.
#pragma once

namespace vf {

// Installs the handlers and ignores SIGPIPE. Call once, before threads start.
void InstallStopSignals();

// Asks for the same orderly stop from inside. Threads: any. Never blocks.
void RequestStop();

// Blocks until a stop is asked for. REQUIRES: InstallStopSignals() was called.
// The signal's number, from then on at once; or 0 after RequestStop(), which is used up by that.
int WaitForStop();

}  // namespace vf
