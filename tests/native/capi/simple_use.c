/* Plain C11, with the header included twice: it must be self-contained and guarded. */
/* clang-format off */
#include "convlstm_native.h"
#include "convlstm_native.h"
/* clang-format on */
#include "simple_use.h"

#include <stddef.h>

static int failures;

static void check(cln_status status) {
  if (status != CLN_OK) ++failures;
}

int simple_use(float* least, float* greatest) {
  cln_context* context = NULL;
  cln_layer* layer = NULL;
  cln_session* session = NULL;

  failures = 0;
  cln_recurrent_desc desc;
  check(cln_recurrent_desc_init(&desc));
  desc.input_channels = 3;
  desc.hidden_channels = 10;

  check(cln_context_create(NULL, &context));
  check(cln_recurrent_create(context, &desc, &layer));
  check(cln_layer_initialize(layer, 42));

  cln_session_desc run;
  check(cln_session_desc_init(&run));
  run.batch = 1;
  run.size[0] = 5;
  run.size[1] = 5;
  check(cln_session_create(context, layer, &run, &session));

  float x[10 * 3 * 5 * 5];
  float y[10 * 10 * 5 * 5];
  for (size_t i = 0; i < sizeof x / sizeof *x; ++i) x[i] = (float)i / 750.0f;
  check(cln_session_forward_host(session, 10, x, sizeof x / sizeof *x, NULL, NULL, y, sizeof y / sizeof *y));

  *least = *greatest = y[0];
  for (size_t i = 0; i < sizeof y / sizeof *y; ++i) {
    if (!(y[i] > -1.0f && y[i] < 1.0f)) ++failures;
    if (y[i] < *least) *least = y[i];
    if (y[i] > *greatest) *greatest = y[i];
  }

  check(cln_session_destroy(session));
  check(cln_layer_destroy(layer));
  check(cln_context_destroy(context));
  return failures;
}
