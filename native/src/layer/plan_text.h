// The plan of a session as JSON: the document that cln_session_get_plan describes.
#pragma once

#include <cstdint>
#include <string>

#include "layer/session.h"

namespace convlstm {

std::string plan_text(const Session& session, std::int64_t steps);

}  // namespace convlstm
