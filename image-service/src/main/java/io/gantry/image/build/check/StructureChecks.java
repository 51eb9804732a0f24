package io.gantry.image.build.check;

import io.gantry.image.build.dockerfile.Declaration;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.Stage;
import io.gantry.image.build.source.Place;
import io.gantry.image.build.syntax.Fragment;
import io.gantry.image.build.syntax.Statement.Origin;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Checks of how a file is written. */
final class StructureChecks {

    private static final Set<String> RESERVED = Set.of("context", "scratch");

    private final Findings findings;

    private StructureChecks(Findings findings) {
        this.findings = findings;
    }

    static void run(Dockerfile file, Findings findings) {
        StructureChecks checks = new StructureChecks(findings);
        List<Instruction> all = instructions(file);
        checks.stageNames(file);
        checks.casing(all);
        List<Instruction> withGlobal = new ArrayList<>(file.globalArguments());
        withGlobal.addAll(all);
        for (Instruction each : withGlobal) {
            checks.instruction(each);
        }
    }

    private static List<Instruction> instructions(Dockerfile file) {
        List<Instruction> all = new ArrayList<>();
        for (Stage stage : file.stages()) {
            all.add(stage.from());
            all.addAll(stage.instructions());
        }
        return all;
    }

    private void stageNames(Dockerfile file) {
        Set<String> seen = new HashSet<>();
        for (Stage stage : file.stages()) {
            Instruction.From from = stage.from();
            if (from.name().isEmpty()) {
                continue;
            }
            String name = from.name().get();
            List<Fragment> words = words(from.origin());
            String written = words.getLast().text();
            if (!written.equals(name)) {
                findings.add(
                        Check.STAGE_NAME_CASING,
                        from.origin(),
                        "stage name '" + written + "' should be lowercase");
            }
            asCasing(from, words);
            if (RESERVED.contains(name)) {
                findings.add(
                        Check.RESERVED_STAGE_NAME,
                        from.origin(),
                        "\"" + name + "\" is a reserved word and should not name a stage");
            }
            if (!seen.add(name)) {
                findings.add(
                        Check.DUPLICATE_STAGE_NAME,
                        from.origin(),
                        "duplicate stage name \"" + name + "\"");
            }
        }
    }

    private void asCasing(Instruction.From from, List<Fragment> words) {
        String keyword = words.getFirst().text();
        String as = words.get(words.size() - 2).text();
        boolean matches = isLower(keyword) ? isLower(as) : isUpper(as);
        if ((isLower(keyword) || isUpper(keyword)) && !matches) {
            findings.add(
                    Check.FROM_AS_CASING,
                    from.origin(),
                    "'" + as + "' and '" + keyword + "' are written in different cases");
        }
    }

    /** What most instructions do is right; mixed case is counted for neither. */
    private void casing(List<Instruction> all) {
        long lower = all.stream().filter(it -> isLower(keyword(it))).count();
        long upper = all.stream().filter(it -> isUpper(keyword(it))).count();
        boolean mostlyLower = lower > upper;
        for (Instruction each : all) {
            String keyword = keyword(each);
            if (mostlyLower ? !isLower(keyword) : !isUpper(keyword)) {
                findings.add(
                        Check.CONSISTENT_INSTRUCTION_CASING,
                        each.origin(),
                        "'%s' should be written as most instructions are (%s)"
                                .formatted(keyword, mostlyLower ? "lowercase" : "uppercase"));
            }
        }
    }

    private void instruction(Instruction each) {
        List<Place> empty = each.origin().emptyLines();
        if (!empty.isEmpty()) {
            findings.add(
                    Check.NO_EMPTY_CONTINUATION,
                    each.origin(),
                    empty.getFirst(),
                    "empty line within an instruction");
        }
        switch (each) {
            case Instruction.Maintainer it ->
                    findings.add(
                            Check.MAINTAINER_DEPRECATED,
                            it.origin(),
                            "MAINTAINER is deprecated, use a label");
            case Instruction.Arg it ->
                    description(it, it.declarations().stream().map(Declaration::name).toList());
            case Instruction.From it -> it.name().ifPresent(name -> description(it, List.of(name)));
            default -> {}
        }
    }

    private void description(Instruction instruction, List<String> names) {
        List<String> comments = instruction.origin().comments();
        if (comments.isEmpty() || names.contains(comments.getLast().split(" ", 2)[0])) {
            return;
        }
        String example = names.size() == 1 ? names.getFirst() : "<name>";
        findings.add(
                Check.INVALID_DEFINITION_DESCRIPTION,
                instruction.origin(),
                "comment for %s should be of the form `# %s <description>`"
                        .formatted(instruction.keyword(), example));
    }

    static String keyword(Instruction instruction) {
        return words(instruction.origin()).getFirst().text();
    }

    private static List<Fragment> words(Origin origin) {
        return new Fragment(origin.text(), 0).split();
    }

    private static boolean isLower(String word) {
        return word.equals(word.toLowerCase(Locale.ROOT));
    }

    private static boolean isUpper(String word) {
        return word.equals(word.toUpperCase(Locale.ROOT));
    }
}
