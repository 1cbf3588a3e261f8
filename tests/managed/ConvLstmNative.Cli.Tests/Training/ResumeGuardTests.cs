using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class ResumeGuardTests
{
    private static readonly TrainingSettings Interrupted = new()
    {
        Steps = 100,
        Data = new DataSettings { Kind = DataKind.MovingShapes, Size = 64, Seed = 1 },
    };

    [Test]
    public void Check_OtherLengthOrInput_Agrees()
    {
        TrainingSettings requested = Interrupted with { Steps = 200, Data = Interrupted.Data! with { Input = "elsewhere" } };

        Assert.That(() => ResumeGuard.Check(Interrupted, requested), Throws.Nothing);
    }

    [Test]
    public void Check_OtherSettings_RefusesAndNamesTheOption()
    {
        (TrainingSettings Settings, string Option)[] cases =
        [
            (Interrupted with { Hidden = [64] }, "--hidden"),
            (Interrupted with { LearningRate = 2e-3 }, "--learning-rate"),
            (Interrupted with { Batch = 9 }, "--batch"),
            (Interrupted with { Data = Interrupted.Data! with { Size = 32 } }, "--size"),
            (Interrupted with { Data = Interrupted.Data! with { Objects = 3 } }, "--objects"),
            (Interrupted with { Data = Interrupted.Data! with { Seed = 7 } }, "--data-seed"),
            (Interrupted with { Emphasis = 5 }, "--emphasis"),
        ];
        foreach ((TrainingSettings settings, string option) in cases)
            Assert.That(() => ResumeGuard.Check(Interrupted, settings), Throws.TypeOf<UsageException>().With.Message.StartsWith(option));
    }
}
