#include "support/shrink.h"

#include "support/rules.h"

namespace convlstm::test {
namespace {

class Shrinker {
 public:
  Shrinker(const Case& failing, const std::function<bool(const Case&)>& fails, int tries)
      : best_(failing), fails_(fails), tries_(tries) {}

  Case run() {
    while (one_round()) {
    }
    return best_;
  }

 private:
  bool one_round() {
    const Case before = best_;
    for_each_knob([&](Knob knob) { lower(knob); });
    // What holds one knob where it is may be another one: both at once.
    for_each_knob([&](Knob a) {
      for_each_knob([&](Knob b) {
        if (a < b && best_[a] != 0 && best_[b] != 0) try_case(with(with(best_, a, 0), b, 0));
      });
    });
    return best_ != before && tries_ > 0;
  }

  void lower(Knob knob) {
    for (std::uint8_t place = 0; place < best_[knob]; ++place)
      if (try_case(with(best_, knob, place))) return;
  }

  static Case with(Case changed, Knob knob, std::uint8_t place) {
    changed[knob] = place;
    return changed;
  }

  bool try_case(const Case& next) {
    if (tries_ <= 0 || !is_valid(next)) return false;
    --tries_;
    if (!fails_(next)) return false;
    best_ = next;
    return true;
  }

  Case best_;
  const std::function<bool(const Case&)>& fails_;
  int tries_;
};

}  // namespace

Case shrink(const Case& failing, const std::function<bool(const Case&)>& fails, int tries) {
  return Shrinker(failing, fails, tries).run();
}

}  // namespace convlstm::test
