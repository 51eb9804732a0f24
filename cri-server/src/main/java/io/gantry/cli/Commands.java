package io.gantry.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;

/**
 * The commands by name. picocli reads the annotations of every command that it is given, which is
 * most of its start-up time; so it is given the one that runs, and all only to list or to correct.
 */
final class Commands {

    private static final Map<String, Function<GantryCommand, Object>> ALL = all();
    private static final Map<String, Group> GROUPS = groups();

    private Commands() {}

    /** Commands under one word. */
    private record Group(String description, Map<String, Function<GantryCommand, Object>> verbs) {}

    /**
     * Makes known what a command line needs.
     *
     * @param words of it that are no options; the first names the command
     */
    static void register(CommandLine line, GantryCommand root, List<String> words) {
        String name = words.isEmpty() ? "" : words.getFirst();
        Group group = GROUPS.get(name);
        if (ALL.containsKey(name)) {
            register(line, root, ALL, name);
        } else if (group != null) {
            line.addSubcommand(name, group(group, root, words.size() > 1 ? words.get(1) : ""));
        } else {
            register(line, root, ALL, "");
            GROUPS.forEach((each, of) -> line.addSubcommand(each, group(of, root, "")));
        }
    }

    private static CommandLine group(Group group, GantryCommand root, String verb) {
        CommandLine line = new CommandLine(new GroupCommand());
        line.getCommandSpec().usageMessage().description(group.description());
        register(line, root, group.verbs(), verb);
        return line;
    }

    /** The one that runs, or all where none of them does. */
    private static void register(
            CommandLine line,
            GantryCommand root,
            Map<String, Function<GantryCommand, Object>> commands,
            String name) {
        Function<GantryCommand, Object> one = commands.get(name);
        if (one != null) {
            line.addSubcommand(name, one.apply(root));
        } else {
            commands.forEach((each, make) -> line.addSubcommand(each, make.apply(root)));
        }
    }

    private static Map<String, Group> groups() {
        Map<String, Function<GantryCommand, Object>> image = new LinkedHashMap<>();
        image.put("build", BuildCommand::new);
        image.put("ls", ImagesCommand::new);
        image.put("pull", PullCommand::new);
        image.put("push", PushCommand::new);
        image.put("tag", TagCommand::new);
        image.put("rm", RmiCommand::new);
        image.put("prune", ImagePruneCommand::new);
        image.put("inspect", InspectCommand::ofImages);
        image.put("history", HistoryCommand::new);
        image.put("save", SaveCommand::new);
        image.put("load", LoadCommand::new);
        Map<String, Function<GantryCommand, Object>> builder = new LinkedHashMap<>();
        builder.put("build", BuildCommand::new);
        builder.put("df", BuilderDfCommand::new);
        builder.put("prune", BuilderPruneCommand::new);
        Map<String, Function<GantryCommand, Object>> system = new LinkedHashMap<>();
        system.put("check", CheckCommand::new);
        system.put("df", DfCommand::new);
        system.put("events", EventsCommand::new);
        system.put("info", InfoCommand::new);
        Map<String, Group> groups = new LinkedHashMap<>();
        groups.put("image", new Group("Work on images.", image));
        groups.put("builder", new Group("Build, and look after what builds keep.", builder));
        groups.put("system", new Group("Look at the whole.", system));
        return groups;
    }

    private static Map<String, Function<GantryCommand, Object>> all() {
        Map<String, Function<GantryCommand, Object>> all = new LinkedHashMap<>();
        all.put("version", VersionCommand::new);
        all.put("info", InfoCommand::new);
        all.put("build", BuildCommand::new);
        all.put("login", LoginCommand::new);
        all.put("logout", LogoutCommand::new);
        all.put("pull", PullCommand::new);
        all.put("push", PushCommand::new);
        all.put("images", ImagesCommand::new);
        all.put("tag", TagCommand::new);
        all.put("rmi", RmiCommand::new);
        all.put("save", SaveCommand::new);
        all.put("load", LoadCommand::new);
        all.put("history", HistoryCommand::new);
        all.put("pods", PodsCommand::new);
        all.put("ps", PsCommand::new);
        all.put("run", RunCommand::new);
        all.put("create", CreateCommand::new);
        all.put("start", StartCommand::new);
        all.put("attach", AttachCommand::new);
        all.put("stop", StopCommand::new);
        all.put("kill", KillCommand::new);
        all.put("rm", RmCommand::new);
        all.put("exec", ExecCommand::new);
        all.put("port-forward", PortForwardCommand::new);
        all.put("logs", LogsCommand::new);
        all.put("inspect", InspectCommand::ofAny);
        all.put("diff", DiffCommand::new);
        all.put("df", DfCommand::new);
        all.put("events", EventsCommand::new);
        return all;
    }
}
