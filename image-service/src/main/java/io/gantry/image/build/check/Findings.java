package io.gantry.image.build.check;

import io.gantry.image.build.check.Finding.Severity;
import io.gantry.image.build.source.Place;
import io.gantry.image.build.syntax.Statement.Origin;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what checks find that are on. */
final class Findings {

    private final CheckOptions options;
    private final Set<Finding> all = new LinkedHashSet<>();

    Findings(CheckOptions options) {
        this.options = options;
    }

    /** About an instruction, unless a comment above it says otherwise. */
    void add(Check check, Origin origin, String message) {
        add(check, origin, origin.place(), message);
    }

    void add(Check check, Origin origin, Place place, String message) {
        CheckOptions local =
                CheckOptions.ofComments(origin.comments()).map(options::and).orElse(options);
        if (local.isOn(check)) {
            Severity severity = options.error() ? Severity.ERROR : Severity.WARNING;
            all.add(new Finding(check, severity, message, place));
        }
    }

    /** By line. */
    List<Finding> sorted() {
        return all.stream()
                .sorted(Comparator.comparingInt((Finding it) -> it.place().line()))
                .toList();
    }
}
