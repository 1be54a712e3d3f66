// TCP: connections between hosts, bytes in order, and the ways in which they end.
//
// What the kernels of both hosts do is here, so a connection outlives the processes at its ends:
// a paused process is connected to and sent to until its buffer is full; the host of a process that
// has crashed closes its connections and refuses what comes for them later; a host without power
// says nothing. Bytes that cannot pass wait and are tried again; their sender gives up after
// kUserTimeout, and whoever hears nothing for kKeepalive asks, and gives up without an answer.
//
// Thread: none of its own; one run.
// Invariants: 1. A side that has ended hears nothing any more.
//             2. Bytes arrive once and in the order of sending.
// Limits: kBufferBytes sent and not read; beyond it Write() takes nothing.
// Left out: windows and congestion, so many bytes take no longer than few.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/process/host.h"
#include "tools/cluster-sim/process/loop.h"

namespace vf::sim {

enum class StreamEnd : std::uint8_t {
  kRefused,  // nobody listens there; only before it was connected
  kClosed,   // by the other side, after all that it sent
  kReset,
};

// One side's program, as the kernel calls it; it is to do its work on its own thread.
class StreamUser {
 public:
  virtual void OnStreamConnected() = 0;
  // They count against kBufferBytes until Streams::Read() says that they were read.
  virtual void OnStreamBytes(std::string bytes) = 0;
  // After a Write() that took nothing: there is room again.
  virtual void OnStreamWritable() = 0;
  // The last call, unless Close() came first.
  virtual void OnStreamEnd(StreamEnd end) = 0;

 protected:
  ~StreamUser() = default;
};

// One side of one connection. Ends that are gone are recognised: calls for them do nothing.
struct StreamId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  std::uint8_t side = 0;  // 0: the one that connected
};

// What the streams ask of the hosts.
class StreamHosts {
 public:
  virtual bool IsHostUp(HostNumber host) const = 0;
  // Somebody connected to `id`, which is its side of it. Null: nobody listens there.
  virtual StreamUser* OnStreamAccept(HostNumber host, StreamId id) = 0;

 protected:
  ~StreamHosts() = default;
};

class Streams final : public EventHandler {
 public:
  static constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
  static constexpr Duration kUserTimeout = seconds(10);
  static constexpr Duration kKeepalive = seconds(15);

  // The references outlive this object.
  Streams(Loop& loop, Network& network, StreamHosts& hosts);
  ~Streams();

  // `user` is told what becomes of it, later.
  StreamId Connect(HostNumber from, HostNumber to, StreamUser& user);
  // False: too much is on its way already; OnStreamWritable() says when that has changed.
  bool Write(StreamId id, std::string_view bytes);
  // So many of the bytes that were handed over were read.
  void Read(StreamId id, std::size_t bytes);
  // From now on `user` hears of this side. False: it has ended.
  bool SetUser(StreamId id, StreamUser& user);
  // This side sends and hears nothing more; what it sent still arrives.
  void Close(StreamId id);

  // The host has lost its power, and with it all it knew. Its users are not called.
  void DropHost(HostNumber host);
  // Connections with one end there are reset, at both ends. How many.
  std::size_t ResetHost(HostNumber host);
  std::size_t CountOf(HostNumber host) const;

  // kSegment, kStreamRetry and kStreamCheck.
  void OnEvent(const Event& event) override;

 private:
  enum class Segment : std::uint8_t { kConnect, kAccept, kBytes, kFinish };
  struct Piece {
    Segment what = Segment::kBytes;
    TimePoint sent;
    std::string bytes;
  };
  // One side, with what is on its way to the other.
  struct Side {
    HostNumber host = 0;
    StreamUser* user = nullptr;  // null: it has ended
    bool connected = false;
    std::deque<Piece> pieces;  // in order; the first `scheduled` of them are on their way
    std::size_t scheduled = 0;
    TimePoint last_arrival;
    std::size_t unread = 0;  // bytes sent and not read
    bool wants_room = false;
    int tries = 0;
    bool retrying = false;
    TimePoint unacked_since = kNever;
    TimePoint heard;  // the other host, last
  };
  struct Stream {
    std::uint32_t generation = 0;
    bool open = false;
    std::array<Side, 2> sides;
  };

  Stream* Find(std::uint32_t index, std::uint32_t generation);
  Side* FindSide(StreamId id);
  bool Reaches(const Stream& stream, std::uint8_t from) const;
  void Queue(std::uint32_t index, std::uint8_t side, Segment what);
  void Schedule(std::uint32_t index, std::uint8_t side);
  void Arrive(std::uint32_t index, std::uint8_t side);
  void HandOver(std::uint32_t index, std::uint8_t from, Piece piece);
  void SendReset(std::uint32_t index, std::uint8_t to);
  void Check(std::uint32_t index);
  void CheckSide(std::uint32_t index, std::uint8_t side);
  void End(std::uint32_t index, std::uint8_t side, StreamEnd end);
  void FreeIfOver(std::uint32_t index);

  Loop& loop_;
  Network& network_;
  StreamHosts& hosts_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::uint32_t> free_;
};

}  // namespace vf::sim
