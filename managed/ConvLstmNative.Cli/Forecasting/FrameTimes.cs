using System.Globalization;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>The time from one frame to the next, where file names such as 201705091445.pgm.gz tell it.</summary>
internal static class FrameTimes
{
    private const string Format = "yyyyMMddHHmm";

    /// <summary>Null where the names are no times, or the times not evenly spaced.</summary>
    public static TimeSpan? Between(DataSettings data)
    {
        if (data.Kind != DataKind.Frames)
            return null;
        List<DateTime> times = [];
        foreach (string name in FrameFolder.List(data.Input!).Select(path => Path.GetFileName(path)))
        {
            if (name.Length < Format.Length
                || !DateTime.TryParseExact(name[..Format.Length], Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time))
            {
                return null;
            }

            times.Add(time);
        }

        TimeSpan[] steps = [.. times.Zip(times.Skip(1), (earlier, later) => later - earlier).Distinct()];
        return steps.Length == 1 && steps[0] > TimeSpan.Zero ? steps[0] * data.TimeStride!.Value : null;
    }
}
