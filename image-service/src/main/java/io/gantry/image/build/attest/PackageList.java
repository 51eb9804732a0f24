package io.gantry.image.build.attest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads what package managers have written down of what they have installed. */
public final class PackageList {

    private PackageList() {}

    /**
     * What dpkg knows.
     *
     * @param status its file of that name, or one of those that stand for it in images without dpkg
     */
    public static List<InstalledPackage> ofDpkg(String status, String vendor) {
        List<InstalledPackage> all = new ArrayList<>();
        for (Map<String, String> fields : paragraphs(status, ": ")) {
            String state = fields.getOrDefault("Status", "install ok installed");
            if (state.endsWith(" installed")) {
                add(all, "deb", vendor, fields, List.of("Package", "Version", "Architecture"));
            }
        }
        return all;
    }

    /** What apk knows, by its file installed. */
    public static List<InstalledPackage> ofApk(String installed, String vendor) {
        List<InstalledPackage> all = new ArrayList<>();
        for (Map<String, String> fields : paragraphs(installed, ":")) {
            add(all, "apk", vendor, fields, List.of("P", "V", "A"));
        }
        return all;
    }

    /** The vendor that an os-release file names; empty when it names none. */
    public static String vendor(String osRelease) {
        for (String line : osRelease.split("\n", -1)) {
            if (line.startsWith("ID=")) {
                return line.substring(3).strip().replaceAll("[\"']", "");
            }
        }
        return "";
    }

    private static void add(
            List<InstalledPackage> all,
            String type,
            String vendor,
            Map<String, String> fields,
            List<String> keys) {
        String name = fields.getOrDefault(keys.get(0), "");
        String version = fields.getOrDefault(keys.get(1), "");
        if (!name.isEmpty() && !version.isEmpty()) {
            String architecture = fields.getOrDefault(keys.get(2), "");
            all.add(new InstalledPackage(type, vendor, name, version, architecture));
        }
    }

    /** Of each, the first line of each field. */
    private static List<Map<String, String>> paragraphs(String text, String separator) {
        List<Map<String, String>> all = new ArrayList<>();
        Map<String, String> fields = new HashMap<>();
        for (String line : text.split("\n", -1)) {
            int at = line.indexOf(separator);
            if (line.isBlank()) {
                all.add(fields);
                fields = new HashMap<>();
            } else if (at > 0 && !Character.isWhitespace(line.charAt(0))) {
                fields.putIfAbsent(
                        line.substring(0, at), line.substring(at + separator.length()).strip());
            }
        }
        all.add(fields);
        return all;
    }
}
