namespace ConvLstmNative.Data;

/// <summary>A folder of images as frames in the order of their names: .pgm, .png, and either with .gz.</summary>
public static class FrameFolder
{
    private static readonly string[] Extensions = [".pgm", ".png", ".pgm.gz", ".png.gz"];

    /// <summary>The image files of a folder, in ordinal order of their names.</summary>
    /// <param name="folder">The folder; its subfolders are not read.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<string> List(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"Folder not found: {folder}");
        return [.. Directory.EnumerateFiles(folder)
            .Where(file => Extensions.Any(extension => file.EndsWith(extension, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(Path.GetFileName, StringComparer.Ordinal)];
    }

    /// <summary>Reads every image of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Crop, downscale and value scale; null for none.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="DataFormatException">No image in it, a broken one, or one of another size than the first.</exception>
    public static FrameSeries Load(string folder, FrameFolderOptions? options = null)
    {
        options ??= new FrameFolderOptions();
        IReadOnlyList<string> files = List(folder);
        if (files.Count == 0)
            throw new DataFormatException(folder, "at least one .pgm or .png file (also .gz)", "none");
        return Load(files.Take(options.MaximumFrames ?? files.Count), options);
    }

    /// <summary>Reads the given image files as frames, in the order given.</summary>
    /// <param name="files">At least one path.</param>
    /// <param name="options">Crop, downscale and value scale; null for none.</param>
    public static FrameSeries Load(IEnumerable<string> files, FrameFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        options ??= new FrameFolderOptions();
        string[] paths = [.. files];
        float[][] frames = new float[paths.Length][];
        FrameShape shape = default;
        RasterImage? first = null;
        for (int i = 0; i < paths.Length; i++)
        {
            RasterImage image = ReadImage(paths[i]);
            first ??= image;
            if (image.Width != first.Width || image.Height != first.Height || image.Channels != first.Channels)
            {
                throw new DataFormatException(
                    paths[i], $"the size of the first frame, {Describe(first)}", Describe(image));
            }
            if (options.Scale == ValueScale.RadarReflectivity && (image.MaximumValue != 255 || image.Channels != 1))
                throw new DataFormatException(paths[i], "grey 8-bit samples for radar reflectivity", Describe(image));
            frames[i] = FrameConversion.ToFrame(image, options, out shape);
        }
        return new FrameSeries(shape, frames, [.. paths.Select(path => Path.GetFileName(path))]);
    }

    /// <summary>Reads one image by the extension of its name.</summary>
    /// <param name="path">A .pgm or .png file, plain or gzip.</param>
    public static RasterImage ReadImage(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".PGM" => PgmFile.Read(path),
            ".PNG" => PngFile.Read(path),
            _ => throw new DataFormatException(path, "a .pgm or .png file (also .gz)", $"'{Path.GetFileName(path)}'"),
        };
    }

    private static string Describe(RasterImage image) =>
        $"{image.Width}x{image.Height}, {image.Channels} channel(s), maximum {image.MaximumValue}";
}
