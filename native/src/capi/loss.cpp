#include "layer/loss.h"

#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"
#include "capi/operands.h"
#include "core/checked.h"

using namespace convlstm;
using namespace convlstm::capi;

extern "C" cln_status cln_loss_evaluate(cln_context* context, std::int32_t loss_kind, cln_tensor* prediction,
                                        cln_tensor* target, cln_tensor* weights, cln_tensor* gradient,
                                        float* loss) {
  return guarded([&] {
    const auto owner = get(context, "context");
    const auto kind = check_enum("loss_kind", loss_kind, CLN_LOSS_BINARY_CROSS_ENTROPY, "cln_loss");
    const auto predicted = get(prediction, "prediction");
    const auto wanted = get(target, "target");
    const auto weight = get_nullable(weights, "weights");
    const auto slope = get_nullable(gradient, "gradient");
    const ContextUse use{owner.get(), &predicted->context(), &wanted->context(), context_of(weight),
                         context_of(slope)};
    evaluate_loss(*owner, kind, *predicted, *wanted, weight.get(), slope.get(), loss);
  });
}
