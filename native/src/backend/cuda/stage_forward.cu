#include "backend/cuda/launch.h"
#include "backend/cuda/stage_kernels.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

using Stages = CellStages<float, ScalarMath>;

template <typename Stage>
void run(Stream& stream, Element element, std::int64_t batch, const ForwardStage& work) {
  static_assert(Stage::kReads <= kMaxReads && Stage::kWrites <= kMaxWrites && sizeof(work) < 4000);
  const std::int64_t count = work.grid.count(batch);
  switch (element) {
    case Element::kFloat32:
      return launch(stream, count, ForwardKernel<Stage, Element::kFloat32>{work});
    case Element::kBfloat16:
      return launch(stream, count, ForwardKernel<Stage, Element::kBfloat16>{work});
    case Element::kFloat16:
      return launch(stream, count, ForwardKernel<Stage, Element::kFloat16>{work});
  }
}

}  // namespace

void run_stage(Stream& stream, PointwiseStage stage, Element element, std::int64_t batch,
               const ForwardStage& work) {
  switch (stage) {
    case kLstmForward:
      return run<Stages::LstmForward>(stream, element, batch, work);
    case kGruOpenForward:
      return run<Stages::GruOpenForward>(stream, element, batch, work);
    case kGruCloseForward:
      return run<Stages::GruCloseForward>(stream, element, batch, work);
    case kGruAfterForward:
      return run<Stages::GruAfterForward>(stream, element, batch, work);
    case kStUpdateForward:
      return run<Stages::StUpdateForward>(stream, element, batch, work);
    case kStOutputForward:
      return run<Stages::StOutputForward>(stream, element, batch, work);
    default:
      fail(CLN_INTERNAL_ERROR, "stage ", static_cast<int>(stage), " is none of a forward");
  }
}

}  // namespace convlstm::cuda
