#ifndef SIMPLE_USE_H
#define SIMPLE_USE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The example of section 2 of the header, as a C program has it. Returns the number of calls that failed;
 * `least` and `greatest` receive the range of y. */
int simple_use(float* least, float* greatest);

#ifdef __cplusplus
}
#endif

#endif
