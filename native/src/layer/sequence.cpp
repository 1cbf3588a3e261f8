#include "layer/sequence.h"

#include "core/checked.h"

namespace convlstm {

Sequence::Sequence(const LayerDescription& desc, const InputShape& shape, std::int64_t steps,
                   std::int64_t input_steps) {
  const StackDesc* stack = stack_of(desc);
  const cln_layout layout = stack != nullptr ? stack->layout : CLN_LAYOUT_TNCHW;
  const bool last_only = stack != nullptr && stack->bottom.output == CLN_OUTPUT_LAST;
  x_ = extent(input_steps, input_channels(desc), shape, layout);
  y_ = extent(last_only ? 1 : steps, output_channels(desc), {shape.batch, output_size(desc, shape.size)},
              layout);
}

Sequence::Extent Sequence::extent(std::int64_t steps, std::int64_t channels, const InputShape& shape,
                                  cln_layout layout) {
  const std::int64_t count =
      checked_product("steps", {steps, shape.batch, channels, shape.size.d, shape.size.h, shape.size.w});
  const std::int64_t image = channels * shape.size.area();
  const bool channels_last = layout == CLN_LAYOUT_NTHWC || layout == CLN_LAYOUT_TNHWC;
  const std::int64_t pixel_stride = channels_last ? channels : 1;
  if (layout == CLN_LAYOUT_NTCHW || layout == CLN_LAYOUT_NTHWC)
    return {count, image, steps * image, pixel_stride};
  return {count, shape.batch * image, image, pixel_stride};
}

}  // namespace convlstm
