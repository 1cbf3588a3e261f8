// What only the emulated device has: its door for kernels, and what tests ask of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "backend/cuda/stream.h"

namespace convlstm::cuda::emulated {

// Queues (or records) what runs on the "device". May throw when it runs: synchronize() throws it on, and what
// was queued behind it is dropped.
void enqueue(Stream& stream, std::function<void()> work);

// How many devices there are, at first 2, and the memory of each, at first 8 GiB of address space. The
// environment variables CLN_EMULATED_DEVICES and CLN_EMULATED_BYTES, read once, say otherwise.
void set_device_count(int count);
void set_device_bytes(std::size_t bytes);
std::size_t device_bytes();
std::size_t allocated_bytes();  // of all devices

// Of every device: at first 4.
void set_multiprocessors(int count);

// Of every device, static text: at first what the environment variable CLN_EMULATED_ARCHITECTURE says, such
// as "sm_90", else "emulated".
void set_architecture(const char* name);

// In which order branches are run from here on, of those that their waits allow; the next run takes the next
// order.
void set_branch_order(std::uint64_t seed);

// How often any thread has waited for a queue until now, and the bytes that have been copied to the host.
std::int64_t waits();
std::int64_t copied_to_host();

}  // namespace convlstm::cuda::emulated
