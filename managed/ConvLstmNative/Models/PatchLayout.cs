namespace ConvLstmNative;

/// <summary>
/// Space to depth and back, in TensorFlow's order: pixel (py, px) of a patch of channel c becomes channel
/// (py·p + px)·C + c of an image (C·p², H/p, W/p).
/// </summary>
internal static class PatchLayout
{
    /// <summary>Cuts images into patches.</summary>
    /// <param name="frames">Any number of images (C, H, W).</param>
    /// <param name="shape">C, H, W; its batch and steps are not looked at.</param>
    /// <param name="patch">Size p, a divisor of H and W.</param>
    /// <param name="patched">Receives as many elements.</param>
    public static void SpaceToDepth(ReadOnlySpan<float> frames, in SequenceShape shape, int patch, Span<float> patched)
    {
        int next = 0;
        foreach (int origin in new Origins(frames.Length, shape, patch))
        {
            for (int y = 0; y < shape.Height / patch; y++)
            {
                int row = origin + (y * patch * shape.Width);
                for (int x = 0; x < shape.Width; x += patch)
                    patched[next++] = frames[row + x];
            }
        }
    }

    /// <summary>Puts patches together again.</summary>
    /// <param name="patched">Any number of images (C·p², H/p, W/p).</param>
    /// <param name="shape">C, H, W of the whole images; its batch and steps are not looked at.</param>
    /// <param name="patch">Size p, a divisor of H and W.</param>
    /// <param name="frames">Receives as many elements.</param>
    public static void DepthToSpace(ReadOnlySpan<float> patched, in SequenceShape shape, int patch, Span<float> frames)
    {
        int next = 0;
        foreach (int origin in new Origins(frames.Length, shape, patch))
        {
            for (int y = 0; y < shape.Height / patch; y++)
            {
                int row = origin + (y * patch * shape.Width);
                for (int x = 0; x < shape.Width; x += patch)
                    frames[row + x] = patched[next++];
            }
        }
    }

    // Where the first pixel of every patched channel lies in the whole images, in the order of the patched channels.
    private struct Origins(int length, SequenceShape shape, int patch)
    {
        private readonly int _images = length / (shape.Channels * shape.Height * shape.Width);
        private int _image;
        private int _pixel;
        private int _channel = -1;

        public readonly int Current =>
            (((_image * shape.Channels) + _channel) * shape.Height * shape.Width)
            + (_pixel / patch * shape.Width) + (_pixel % patch);

        public readonly Origins GetEnumerator() => this;

        public bool MoveNext()
        {
            if (++_channel < shape.Channels)
                return _image < _images;
            _channel = 0;
            if (++_pixel == patch * patch)
            {
                _pixel = 0;
                _image++;
            }

            return _image < _images;
        }
    }
}
