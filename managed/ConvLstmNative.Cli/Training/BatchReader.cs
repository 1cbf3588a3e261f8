using System.Threading.Channels;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>
/// Reads batches ahead on a thread of its own while the model works on the one before. One reader and one queue keep the
/// batches in order.
/// </summary>
internal sealed class BatchReader : IAsyncDisposable
{
    private const int BatchesAhead = 2;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<float[]> _filled = Channel.CreateBounded<float[]>(BatchesAhead);
    private readonly Channel<float[]> _free = Channel.CreateUnbounded<float[]>();
    private readonly Task _reading;

    /// <param name="source">An endless source.</param>
    /// <param name="batchSize">Sequences of a batch.</param>
    /// <param name="firstIndex">The sequence to start at.</param>
    public BatchReader(IFrameSequenceSource source, int batchSize, long firstIndex)
    {
        int sequenceLength = source.Steps * source.Shape.ElementCount;
        for (int i = 0; i < BatchesAhead + 2; i++)
            _free.Writer.TryWrite(new float[checked(batchSize * sequenceLength)]);
        _reading = Task.Run(() => ReadAsync(source, batchSize, sequenceLength, firstIndex));
    }

    /// <summary>Waits for the next batch, laid out (N, T, C, H, W). Give it back with <see cref="Return"/>.</summary>
    public async ValueTask<float[]> NextAsync()
    {
        // WaitToReadAsync rethrows what the reader met as it is; ReadAsync would wrap it.
        while (await _filled.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            if (_filled.Reader.TryRead(out float[]? batch))
                return batch;
        }

        throw new InvalidOperationException("The batch reader has been disposed of.");
    }

    /// <summary>Gives a batch back to be filled again.</summary>
    public void Return(float[] batch) => _free.Writer.TryWrite(batch);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ReadAsync(IFrameSequenceSource source, int batchSize, int sequenceLength, long index)
    {
        try
        {
            while (true)
            {
                float[] batch = await _free.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                for (int n = 0; n < batchSize; n++, index++)
                    source.Read(index, batch.AsSpan(n * sequenceLength, sequenceLength));
                await _filled.Writer.WriteAsync(batch, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _filled.Writer.TryComplete();
        }
#pragma warning disable CA1031 // Whatever the source throws reaches the consumer through the queue.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _filled.Writer.TryComplete(exception);
        }
    }
}
