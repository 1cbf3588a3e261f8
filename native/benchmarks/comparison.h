// One shape, by this library and by its peers: outputs are compared, the best form of each peer is chosen,
// then all take turns.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "own_stack.h"
#include "peer.h"
#include "report.h"

namespace convlstm::benchmarks {

class Comparison {
 public:
  Comparison(const Shape& shape, int threads);

  // Whether all outputs agree; `complaint` says who is off, and by how much.
  bool agrees() const { return complaint_.empty(); }
  const std::string& complaint() const { return complaint_; }
  std::size_t peer_count() const { return peers_.size(); }
  const std::string& instruction_set() const { return instruction_set_; }

  // The largest errors that were seen, in words.
  std::string summary() const;

  void warm_up(PeakProbe& probe, double seconds, double sample_seconds);
  double take_round();  // returns the milliseconds of this library's policy Fast
  std::vector<Row> rows() const;

 private:
  struct Own {
    Mode mode;
    std::unique_ptr<OwnStack> stack;
    double error;
  };
  struct Peer {
    std::string name, form;
    bool is_direct;
    std::unique_ptr<PeerRun> run;
    double error;
  };
  void add_own(const Mode& mode, int threads);
  void add_peer(const std::vector<PeerForm>& forms, int threads);
  double check(const Floats& actual, double tolerance, const std::string& who);

  Shape shape_;
  Workload workload_;
  Floats expected_;
  std::vector<Own> own_;
  std::vector<Peer> peers_;
  std::map<std::string, std::string> notes_;
  std::string complaint_, instruction_set_;
  std::unique_ptr<SideBySide> turns_;
  Rounds rounds_;
};

}  // namespace convlstm::benchmarks
