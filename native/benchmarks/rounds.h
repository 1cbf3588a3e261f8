// Contenders take turns: A B C, A B C, with a probe of the machine before and after each sample.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "peak.h"

namespace convlstm::benchmarks {

struct Sample {
  double milliseconds;  // of one run
  bool is_good;         // the probes before and after read full speed
};

// How many times faster one contender was than another, judged pair by pair.
struct Pair {
  double speedup;  // median over the rounds
  double spread;   // half of the ratios lie in an interval so wide, as a share of the median
  int good;        // rounds in which both samples were good; with too few of them all rounds count
  bool is_noisy;   // too few good pairs, or too wide a spread
};

class Rounds {
 public:
  void add(std::vector<Sample> round) { samples_.push_back(std::move(round)); }
  int count() const { return static_cast<int>(samples_.size()); }
  double milliseconds(std::size_t contender) const;  // median of the good samples
  Pair compare(std::size_t contender, std::size_t other) const;

 private:
  std::vector<std::vector<Sample>> samples_;  // by round, then contender
};

class SideBySide {
 public:
  // Each contender warms up for `warm_up` seconds; a sample lasts at least `sample` seconds.
  SideBySide(PeakProbe& probe, std::vector<std::function<void()>> contenders, double warm_up, double sample);
  std::vector<Sample> round();

 private:
  PeakProbe& probe_;
  std::vector<std::function<void()>> contenders_;
  std::vector<int> repeats_;
};

// Seconds of one call.
double time_once(const std::function<void()>& run);

}  // namespace convlstm::benchmarks
