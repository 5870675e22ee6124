// Plays a project through the wrapper of docs/c-abi.md. Argument: a folder with the project `factory`.
using System;
using System.IO;

static class Play
{
    static int Main(string[] words)
    {
        const int Started = 1, EventKind = 1;
        try
        {
            SegueEngine.Open("there is no such folder", 0);
            Console.WriteLine("a folder that is not there was opened");
            return 1;
        }
        catch (SegueException error)
        {
            if (!error.Message.Contains("there is no such folder")) { throw; }
        }
        int started = 0;
        float peak = 0;
        var samples = new float[960];
        using (SegueEngine engine = SegueEngine.Open(Path.Combine(words[0], "factory"), 48000))
        {
            engine.Happened += happened => started += happened.Kind == Started ? 1 : 0;
            engine.Post(engine.Find(EventKind, "Coins"));
            for (int block = 0; block < 100; block++)
            {
                engine.Render(samples, 2);
                engine.Dispatch();
                foreach (float sample in samples) { peak = Math.Max(peak, Math.Abs(sample)); }
            }
            engine.Dispose();
            engine.Render(samples, 2);
        }
        foreach (float sample in samples)
        {
            if (sample != 0) { Console.WriteLine("an engine that is gone is not silent"); return 1; }
        }
        Console.WriteLine($"{started} voices started, peak {peak:F2}");
        return started > 0 && peak > 0 ? 0 : 1;
    }
}
