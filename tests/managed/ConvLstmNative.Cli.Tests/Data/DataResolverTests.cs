using ConvLstmNative.Data;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class DataResolverTests
{
    private static readonly string Folder = AppContext.BaseDirectory;

    [Test]
    public void Resolve_Generated_TestingNeverSeesTheTrainingSeed()
    {
        var request = new DataRequest { Kind = DataKind.MovingShapes, Objects = 1 };
        DataSettings training = DataResolver.Resolve(request, null, DataPurpose.Training);
        DataSettings testing = DataResolver.Resolve(new DataRequest(), training, DataPurpose.Testing);

        Assert.That(testing.Kind, Is.EqualTo(DataKind.MovingShapes));
        Assert.That(testing.Size, Is.EqualTo(training.Size));
        Assert.That(testing.Objects, Is.EqualTo(1));
        Assert.That(testing.Seed, Is.Not.EqualTo(training.Seed));
    }

    [Test]
    public void Resolve_FramesWithNotes_ReadsAsTrained()
    {
        var notes = new DataSettings
        {
            Kind = DataKind.Frames,
            Values = ValueScale.RadarReflectivity,
            Downscale = 4,
            Crop = new Extent(64, 96),
            TimeStride = 2,
            MinimumRain = 0.1,
        };

        DataSettings testing = DataResolver.Resolve(new DataRequest { Input = Folder }, notes, DataPurpose.Testing);

        Assert.That(testing, Is.EqualTo(notes with { Input = Folder }));
    }

    [Test]
    public void Resolve_ContradictsNotes_NamesTheOption()
    {
        var notes = new DataSettings { Kind = DataKind.Frames, Values = ValueScale.RadarReflectivity, Downscale = 4, TimeStride = 1 };
        DataRequest request = new() { Input = Folder };
        (DataRequest Request, string Option)[] cases =
        [
            (request with { Values = ValueScale.UnitInterval }, "--values: expected radar, as the model was trained, got 'unit'"),
            (request with { Downscale = 2 }, "--downscale: expected 4"),
            (request with { TimeStride = 3 }, "--time-stride: expected 1"),
        ];
        foreach ((DataRequest contradiction, string message) in cases)
        {
            Assert.That(() => DataResolver.Resolve(contradiction, notes, DataPurpose.Testing),
                Throws.TypeOf<UsageException>().With.Message.StartsWith(message));
        }
    }

    [Test]
    public void Resolve_RadarForAModelOfShapes_IsRefused()
    {
        var notes = new DataSettings { Kind = DataKind.MovingShapes, Size = 64, Seed = 1 };
        var request = new DataRequest { Kind = DataKind.Frames, Input = Folder, Values = ValueScale.RadarReflectivity };

        Assert.That(() => DataResolver.Resolve(request, notes, DataPurpose.Testing),
            Throws.TypeOf<UsageException>().With.Message.StartsWith("--values"));
    }

    [Test]
    public void Resolve_ShapesForAModelOfRadar_IsRefused()
    {
        var notes = new DataSettings { Kind = DataKind.Frames, Values = ValueScale.RadarReflectivity };

        Assert.That(() => DataResolver.Resolve(new DataRequest { Kind = DataKind.MovingShapes }, notes, DataPurpose.Testing),
            Throws.TypeOf<UsageException>().With.Message.StartsWith("--data: expected frames"));
    }
}
