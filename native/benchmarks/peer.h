// Others who run the same shapes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "workload.h"

namespace convlstm::benchmarks {

class PeerRun {
 public:
  virtual ~PeerRun() = default;
  virtual void forward() = 0;    // the whole sequence, from the initial state of the workload
  virtual Floats y() const = 0;  // (T, N, F, H, W) of the last run
  virtual std::string implementation() const = 0;  // the peer's own name for what it does
};

// One of the ways to write a ConvLSTM for a peer. `make` throws std::runtime_error, with a line that says
// why, where the peer cannot run the workload in this form on this machine. The workload is referred to.
struct PeerForm {
  std::string peer, form;
  bool is_direct;  // all products are computed as they stand
  std::function<std::unique_ptr<PeerRun>(const Workload&, int threads)> make;
};

// The forms of all peers of this build for a shape; forms of one peer stand together, and are
// all direct or all not. The best of them
// counts.
std::vector<PeerForm> peer_forms(const Shape& shape);
std::string peer_versions();

}  // namespace convlstm::benchmarks
