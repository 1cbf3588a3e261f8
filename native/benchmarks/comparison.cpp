#include "comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace convlstm::benchmarks {
namespace {

// Rounding, summed up over the steps and layers.
constexpr double kFloatTolerance = 1e-4, kBfloat16Tolerance = 5e-2;

// The largest difference relative to the largest element; NaN counts as infinite.
double largest_error(const Floats& expected, const Floats& actual) {
  double largest = 0, error = 0;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const double difference = std::abs(static_cast<double>(expected[k]) - static_cast<double>(actual[k]));
    if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(static_cast<double>(expected[k])));
    error = std::max(error, difference);
  }
  return error / largest;
}

// The fastest of a few runs: enough to choose among the forms of a peer.
double glance(PeerRun& run) {
  double best = std::numeric_limits<double>::infinity();
  for (int attempt = 0; attempt < 4; ++attempt) best = std::min(best, time_once([&] { run.forward(); }));
  return best;
}

}  // namespace

Comparison::Comparison(const Shape& shape, int threads) : shape_(shape), workload_(shape) {
  add_own(kExact, threads);
  add_own(kFast, threads);
  add_own(kBfloat16, threads);
  std::vector<PeerForm> same_peer;
  const std::vector<PeerForm> forms = peer_forms(shape);
  for (std::size_t k = 0; k < forms.size(); ++k) {
    same_peer.push_back(forms[k]);
    if (k + 1 < forms.size() && forms[k + 1].peer == forms[k].peer) continue;
    add_peer(same_peer, threads);
    same_peer.clear();
  }
}

double Comparison::check(const Floats& actual, double tolerance, const std::string& who) {
  const double error = largest_error(expected_, actual);
  if (!(error <= tolerance)) {
    std::ostringstream text;
    text << shape_.id << ": " << who << " is off by " << error << ", expected at most " << tolerance;
    complaint_ = text.str();
  }
  return error;
}

void Comparison::add_own(const Mode& mode, int threads) {
  auto stack = std::make_unique<OwnStack>(workload_, mode, threads, false);
  stack->forward();
  instruction_set_ = stack->instruction_set();
  if (expected_.empty()) expected_ = stack->y();  // policy Exact, the first
  const double tolerance = mode.storage == CLN_STORAGE_BFLOAT16 ? kBfloat16Tolerance : kFloatTolerance;
  const double error = check(stack->y(), tolerance, std::string("this library, ") + mode.name);
  own_.push_back({mode, std::move(stack), error});
}

void Comparison::add_peer(const std::vector<PeerForm>& forms, int threads) {
  Peer best{forms.front().peer, "", forms.front().is_direct, nullptr, 0};
  double best_time = std::numeric_limits<double>::infinity();
  for (const PeerForm& form : forms) {
    try {
      auto run = form.make(workload_, threads);
      run->forward();
      const double error = check(run->y(), kFloatTolerance, form.peer + " (" + form.form + ")");
      const double time = glance(*run);
      if (time >= best_time) continue;
      best_time = time;
      best = {form.peer, form.form + " (" + run->implementation() + ")", form.is_direct, std::move(run),
              error};
    } catch (const std::runtime_error& error) {
      notes_[form.peer] = error.what();
    }
  }
  if (!best.run) return;
  notes_[best.name] = best.form;
  peers_.push_back(std::move(best));
}

std::string Comparison::summary() const {
  std::ostringstream text;
  text << shape_.id << ": beside " << own_.front().stack->executor();
  for (const Own& own : own_)
    if (&own != &own_.front()) text << ", " << own.mode.name << ' ' << own.error;
  for (const Peer& peer : peers_) text << ", " << peer.name << ' ' << peer.error;
  return text.str();
}

void Comparison::warm_up(PeakProbe& probe, double seconds, double sample_seconds) {
  std::vector<std::function<void()>> contenders;
  for (const Own& own : own_) contenders.emplace_back([&own] { own.stack->forward(); });
  for (const Peer& peer : peers_) contenders.emplace_back([&peer] { peer.run->forward(); });
  turns_ = std::make_unique<SideBySide>(probe, std::move(contenders), seconds, sample_seconds);
}

double Comparison::take_round() {
  std::vector<Sample> samples = turns_->round();
  const double fast = samples[1].milliseconds;
  rounds_.add(std::move(samples));
  return fast;
}

std::vector<Row> Comparison::rows() const {
  std::vector<Row> rows;
  for (std::size_t k = 0; k < own_.size(); ++k) {
    const Own& own = own_[k];
    if (own.mode.storage != CLN_STORAGE_FLOAT32) continue;  // the peers compute in 32-bit floats
    Row row;
    row.id = shape_.id;
    row.dtype = "fp32";
    row.policy = own.mode.policy == CLN_POLICY_FAST ? "Fast" : "Exact";
    row.executor = own.stack->executor();
    row.ours_ms = rounds_.milliseconds(k);
    row.rounds = rounds_.count();
    row.gflops = shape_.operations(false) / row.ours_ms * 1e-6;
    row.peer_forms = notes_;
    row.max_error = own.error;
    for (std::size_t p = 0; p < peers_.size(); ++p) {
      const double time = rounds_.milliseconds(own_.size() + p);
      row.peers[peers_[p].name] = time;
      row.max_error = std::max(row.max_error, peers_[p].error);
      // Policy Exact multiplies everything: so does who it is compared with.
      if (own.mode.policy == CLN_POLICY_EXACT && !peers_[p].is_direct) continue;
      if (!row.best_peer.empty() && row.peers[row.best_peer] <= time) continue;
      row.best_peer = peers_[p].name;
      row.pair = rounds_.compare(k, own_.size() + p);
    }
    rows.push_back(std::move(row));
  }
  std::reverse(rows.begin(), rows.end());  // Fast first
  return rows;
}

}  // namespace convlstm::benchmarks
