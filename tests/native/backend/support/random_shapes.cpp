#include "support/random_shapes.h"

#include "support/agreement.h"

namespace convlstm::test {

Size3 random_size(Random& random, int rank, std::initializer_list<std::int64_t> values) {
  Size3 size;
  size.w = pick(random, values);
  if (rank > 1) size.h = pick(random, values);
  if (rank > 2) size.d = pick(random, values);
  return size;
}

InputConvolution random_convolution(Random& random, int rank, const Size3& input) {
  while (true) {
    InputConvolution c;
    c.kernel = random_size(random, rank, {1, 2, 3, 3, 4, 5});
    switch (random.below(3)) {
      case 0:
        c.stride = random_size(random, rank, {1, 2, 2, 3, 7});
        break;
      case 1:
        c.dilation = random_size(random, rank, {1, 2, 2, 3, 5});
        break;
      default:
        break;
    }
    c.padding = static_cast<cln_padding>(random.below(4));
    if (c.padding == CLN_PADDING_EXPLICIT) {
      c.before = random_size(random, rank, {0, 1, 2, 9});
      c.after = random_size(random, rank, {0, 1, 3, 6});
      if (rank < 3) c.before.d = c.after.d = 0;
      if (rank < 2) c.before.h = c.after.h = 0;
    }
    const Size3 output = axes_of(c, input).output();
    if (output.d > 0 && output.h > 0 && output.w > 0) return c;
  }
}

}  // namespace convlstm::test
