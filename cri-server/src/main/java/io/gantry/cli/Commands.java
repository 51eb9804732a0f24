package io.gantry.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * The commands by name. picocli reads the annotations of every command that it is given, which is
 * most of its start-up time; so it is given the one that runs, and all only to list or to correct.
 */
final class Commands {

    private static final Map<String, Function<GantryCommand, Object>> ALL = all();

    private Commands() {}

    static void register(CommandLine line, GantryCommand root, @Nullable String name) {
        Function<GantryCommand, Object> one = name == null ? null : ALL.get(name);
        if (one != null && name != null) {
            line.addSubcommand(name, one.apply(root));
        } else {
            ALL.forEach((each, make) -> line.addSubcommand(each, make.apply(root)));
        }
    }

    private static Map<String, Function<GantryCommand, Object>> all() {
        Map<String, Function<GantryCommand, Object>> all = new LinkedHashMap<>();
        all.put("version", VersionCommand::new);
        all.put("info", InfoCommand::new);
        all.put("pull", PullCommand::new);
        all.put("images", ImagesCommand::new);
        all.put("rmi", RmiCommand::new);
        all.put("pods", PodsCommand::new);
        all.put("ps", PsCommand::new);
        all.put("run", RunCommand::new);
        all.put("create", CreateCommand::new);
        all.put("start", StartCommand::new);
        all.put("stop", StopCommand::new);
        all.put("kill", KillCommand::new);
        all.put("rm", RmCommand::new);
        all.put("exec", ExecCommand::new);
        all.put("logs", LogsCommand::new);
        all.put("inspect", InspectCommand::new);
        return all;
    }
}
