#include "backend/cuda/element.h"
#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

struct Widen {
  const void* from;
  float* to;
  Element element;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const { to[i] = load_element(from, i, element); }
};

}  // namespace

void widen(Stream& stream, const void* from, Element element, float* to, std::int64_t count) {
  launch(stream, count, Widen{from, to, element});
}

}  // namespace convlstm::cuda
