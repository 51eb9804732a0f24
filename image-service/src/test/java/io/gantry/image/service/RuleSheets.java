package io.gantry.image.service;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The tables of rules. */
final class RuleSheets {

    private static final int SECTIONS = 9;

    private RuleSheets() {}

    /** All rows. */
    static List<RuleRow> rows() throws IOException {
        List<RuleRow> rows = new ArrayList<>();
        for (int section = 1; section <= SECTIONS; section++) {
            rows.addAll(RuleRow.parse(lines("1." + section + ".txt")));
        }
        return rows;
    }

    /** The lines of a file beside them. */
    static List<String> lines(String name) throws IOException {
        try (InputStream in = RuleSheets.class.getResourceAsStream("rules/" + name)) {
            byte[] text = Objects.requireNonNull(in, name).readAllBytes();
            return new String(text, StandardCharsets.UTF_8).lines().toList();
        }
    }
}
