// Whether anybody reaches this process at the address that it gives.
//
// Behind a filter or a translator of addresses, or with a wrong --advertise, a process hears
// answers to all that it asks, and yet nobody can ask it anything: the others suspect it, it hears
// so with their answers, refutes, and is suspected again, news for everybody each time. But members
// are pinged as often as they ping, and suspects more often. So a process that has been suspected
// kSuspicions times, and whose random probes have been answered kAnswers times, without a single
// question of anybody arriving, is not reached, until one arrives. It refutes nothing meanwhile: to
// the others it is dead, and one of their pings to the dead will bring it back.
//
// Counts instead of times: who stood still has probed nobody meanwhile, and whose local health is
// bad is given more time. Thread: none of its own.
#pragma once

namespace vf {

class OwnReach {
 public:
  static constexpr int kAnswers = 5;
  static constexpr int kSuspicions = 3;

  bool unreached() const { return unreached_; }

  // Each returns true if unreached() changed.
  bool OnAsked();          // a ping or an echo for this process came
  bool OnProbeAnswered();  // somebody answered one of its own random probes
  bool OnSuspected();      // others believe it suspect or dead

 private:
  bool Update();

  int answers_ = 0;     // since anybody asked
  int suspicions_ = 0;  // likewise
  bool unreached_ = false;
};

}  // namespace vf
