// Which executor a context takes: the list's, or the one that was measured to be the fastest.
#pragma once

#include <memory>
#include <string>

#include "backend/backend.h"
#include "layer/tuning_file.h"

namespace convlstm {

class Tuning {
 public:
  Tuning() = default;  // CLN_TUNING_OFF
  // `path`: of the file; looked at unless `kind` is CLN_TUNING_OFF. Throws where it is no tuning file.
  Tuning(cln_tuning kind, std::string path);

  // What to ask make_executor for; empty: the list decides. Reads the file anew, since others may have added
  // to it. Throws Error(CLN_INVALID_ARGUMENT) where the file names what cannot be.
  std::string choice_for(const std::shared_ptr<Backend>& backend, const LayerDesc& desc,
                         const InputShape& shape) const;

 private:
  cln_tuning kind_ = CLN_TUNING_OFF;
  std::string path_;
};

TuningKey tuning_key(const Backend& backend, const LayerDesc& desc, const InputShape& shape);

}  // namespace convlstm
