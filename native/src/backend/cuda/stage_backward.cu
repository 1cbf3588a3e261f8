#include "backend/cuda/launch.h"
#include "backend/cuda/stage_kernels.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

using Stages = CellStages<float, ScalarMath>;

template <typename Stage>
void run(Stream& stream, Element element, std::int64_t batch, const BackwardStage& work) {
  static_assert(Stage::kReads <= kMaxReads && Stage::kWrites <= kMaxWrites && sizeof(work) < 4000);
  const std::int64_t count = work.grid.count(batch);
  switch (element) {
    case Element::kFloat32:
      return launch(stream, count, BackwardKernel<Stage, Element::kFloat32>{work});
    case Element::kBfloat16:
      return launch(stream, count, BackwardKernel<Stage, Element::kBfloat16>{work});
    case Element::kFloat16:
      return launch(stream, count, BackwardKernel<Stage, Element::kFloat16>{work});
  }
}

}  // namespace

void run_stage(Stream& stream, PointwiseStage stage, Element element, std::int64_t batch,
               const BackwardStage& work) {
  switch (stage) {
    case kLstmBackward:
      return run<Stages::LstmBackward>(stream, element, batch, work);
    case kGruOpenBackward:
      return run<Stages::GruOpenBackward>(stream, element, batch, work);
    case kGruCloseBackward:
      return run<Stages::GruCloseBackward>(stream, element, batch, work);
    case kGruAfterBackward:
      return run<Stages::GruAfterBackward>(stream, element, batch, work);
    case kStUpdateBackward:
      return run<Stages::StUpdateBackward>(stream, element, batch, work);
    case kStOutputBackward:
      return run<Stages::StOutputBackward>(stream, element, batch, work);
    default:
      fail(CLN_INTERNAL_ERROR, "stage ", static_cast<int>(stage), " is none of a backward");
  }
}

}  // namespace convlstm::cuda
