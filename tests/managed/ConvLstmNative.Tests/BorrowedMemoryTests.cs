using System.Buffers;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>How long memory of the caller stays pinned.</summary>
public sealed class BorrowedMemoryTests
{
    private static readonly SequenceShape Shape = new(Batch: 1, Steps: 20, Channels: 4, Height: 32, Width: 32);

    [Test]
    public void Dispose_DuringACall_UnpinsWhenTheCallEnds()
    {
        using Context cpu = Context.Cpu(1);
        using ConvLstm layer = new(cpu, new ConvLstmOptions { InputChannels = 4, HiddenChannels = 8 });
        layer.Initialize(1);
        float[] x = Numbers.Random(1, Shape.ElementCount);
        float[] expected = new float[layer.OutputShape(Shape).ElementCount];
        layer.Forward(x, Shape, null, expected);
        using Tensor input = Tensor.FromSpan(cpu, x, x.Length);
        bool wasDuring = false;
        for (int attempt = 0; attempt < 200 && !wasDuring; attempt++)
        {
            using PinnedArray memory = new(expected.Length);
            Tensor output = Tensor.Borrow(cpu, memory.Memory, expected.Length);
            bool isRefused = false;
            bool wasUnpinned = true;
            using ManualResetEventSlim isAboutToCall = new();
            Thread caller = new(() =>
            {
                isAboutToCall.Set();
                try
                {
                    layer.Forward(input, Shape, null, output);
                }
                catch (ObjectDisposedException)
                {
                    isRefused = true;
                }
            });
            caller.Start();
            isAboutToCall.Wait();
            Thread.SpinWait(1 << (attempt % 16));
            output.Dispose();
            wasUnpinned = memory.UnpinnedBy != 0;
            caller.Join();
            Assert.That(memory.UnpinnedBy, Is.Not.Zero);
            if (!isRefused)
                Assert.That(memory.Memory.ToArray(), Is.EqualTo(expected));
            wasDuring = !wasUnpinned && memory.UnpinnedBy == caller.ManagedThreadId;
        }

        Assert.That(wasDuring, "no attempt met the call under way, or the pin ended with Dispose");
    }

    // Tells which thread unpinned it.
    private sealed class PinnedArray(int length) : MemoryManager<float>
    {
        private readonly float[] _values = GC.AllocateArray<float>(length, pinned: true);

        public int UnpinnedBy { get; private set; }

        public override Span<float> GetSpan() => _values;

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            fixed (float* first = _values)
                return new MemoryHandle(first + elementIndex, pinnable: this);
        }

        public override void Unpin() => UnpinnedBy = Environment.CurrentManagedThreadId;

        protected override void Dispose(bool disposing)
        {
        }
    }
}
