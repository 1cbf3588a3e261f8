using System.CommandLine;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>The options that say which frames to read; the same for every command.</summary>
internal sealed class DataOptions
{
    private readonly Option<DataKind?> _data = OptionFactory.Choice("--data",
        "The kind of data: shapes drawn here, MNIST digits, a folder of pictures, or a NumPy file.", Words.DataKinds);

    private readonly Option<string?> _input = OptionFactory.Path("--input", "PATH",
        "moving-mnist: the IDX file of digits; frames: the folder of PGM or PNG pictures (also .gz), in order of their names; npy: the file.");

    private readonly Option<MovingShapesKind?> _shapes = OptionFactory.Choice("--shapes",
        "moving-shapes: what moves (default mixed).", Words.Shapes);

    private readonly Option<int?> _objects = OptionFactory.Integer("--objects",
        "moving-shapes, moving-mnist: how many move at once (default 2, or as the model was trained).", 1, 100);

    private readonly Option<int?> _size = OptionFactory.Integer("--size",
        "moving-shapes, moving-mnist: height and width of a frame (default 64).", 16, 4096);

    private readonly Option<ulong?> _seed = OptionFactory.Seed("--data-seed",
        "moving-shapes, moving-mnist: seed of the sequences (default 1 to train, another to evaluate and predict).");

    private readonly Option<IndexRange?> _digits = OptionFactory.Range("--digits",
        "moving-mnist: the digits of the file that may appear (default 0-7999 to train, 8000-9999 to evaluate and predict).");

    private readonly Option<IndexRange?> _sequences = OptionFactory.Range("--sequences",
        "npy: the sequences of the file that are used (default all).");

    private readonly Option<NpySequenceLayout?> _layout = OptionFactory.Choice("--layout",
        "npy: the order of the dimensions: time, sequence, height, width or sequence, time, height, width (default tnhw).", Words.Layouts);

    private readonly Option<Extent?> _crop = OptionFactory.Extent("--crop",
        "frames: size of the crops, after downscaling, or whole (default 64x64, or as the model was trained).");

    private readonly Option<int?> _downscale = OptionFactory.Integer("--downscale",
        "frames: average this many pixels each way into one (default 1).", 1, 64);

    private readonly Option<ValueScale?> _values = OptionFactory.Choice("--values",
        "frames: what a pixel means: its share of the largest value, or radar reflectivity 0.5 v - 32 dBZ (default unit).", Words.ValueScales);

    private readonly Option<int?> _timeStride = OptionFactory.Integer("--time-stride",
        "frames: pictures from one frame of a sequence to the next (default 1).", 1, 1000);

    private readonly Option<double?> _minimumRain = OptionFactory.Number("--min-rain", "SHARE",
        "frames: read only crops where at least this share of the pixels holds rain or is not black (default 0; radar 0.05).", 0, 1);

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])
            [_data, _input, _shapes, _objects, _size, _seed, _digits, _sequences, _layout, _crop, _downscale, _values, _timeStride, _minimumRain])
        {
            command.Add(option);
        }
    }

    public DataRequest Read(ParseResult result) => new()
    {
        Kind = result.GetValue(_data),
        Input = result.GetValue(_input),
        Shapes = result.GetValue(_shapes),
        Objects = result.GetValue(_objects),
        Size = result.GetValue(_size),
        Seed = result.GetValue(_seed),
        Digits = result.GetValue(_digits),
        Sequences = result.GetValue(_sequences),
        Layout = result.GetValue(_layout),
        Crop = result.GetValue(_crop),
        Downscale = result.GetValue(_downscale),
        Values = result.GetValue(_values),
        TimeStride = result.GetValue(_timeStride),
        MinimumRain = result.GetValue(_minimumRain),
    };
}
