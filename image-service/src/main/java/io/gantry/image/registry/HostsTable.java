package io.gantry.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A table of a {@code hosts.toml}, read key by key so that an error names the key. */
final class HostsTable {

    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

    private final Path file;
    private final String prefix;
    private final JsonNode table;

    /**
     * @param where how the table is called; empty: the file itself
     */
    HostsTable(Path file, String where, JsonNode table) {
        this.file = file;
        this.prefix = where.isEmpty() ? "" : where + ".";
        this.table = table;
        if (!table.isObject()) {
            throw new HostsFileException(file, where, "is not a table");
        }
    }

    HostsFileException bad(String key, String why) {
        return new HostsFileException(file, prefix + key, why);
    }

    /** Refuses every key but these: a misspelled one would silently not protect. */
    void allow(Set<String> keys) {
        for (Map.Entry<String, JsonNode> entry : table.properties()) {
            if (!keys.contains(entry.getKey())) {
                throw bad(entry.getKey(), "is not a known key");
            }
        }
    }

    /** A string; empty when absent. */
    String text(String key) {
        JsonNode value = table.path(key);
        if (value.isMissingNode()) {
            return "";
        }
        if (!value.isTextual()) {
            throw bad(key, "is not a string");
        }
        return value.textValue();
    }

    boolean flag(String key) {
        JsonNode value = table.path(key);
        if (value.isMissingNode()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw bad(key, "is neither true nor false");
        }
        return value.booleanValue();
    }

    /** A string or an array of them. */
    List<String> texts(String key) {
        return texts(key, table.path(key));
    }

    /** Paths, relative to the file's directory. */
    List<Path> paths(String key) {
        return texts(key).stream().map(this::path).toList();
    }

    /** Client certificates: a file, an array of files, or an array of [certificate, key] pairs. */
    List<TlsSettings.ClientCertificate> clients() {
        JsonNode value = table.path("client");
        if (!value.isArray()) {
            return texts("client", value).stream().map(this::clientWithKey).toList();
        }
        List<TlsSettings.ClientCertificate> clients = new ArrayList<>();
        for (JsonNode element : value) {
            clients.add(client(texts("client", element)));
        }
        return clients;
    }

    /** The {@code header} table: each a string or an array of them. */
    Map<String, List<String>> headers() {
        JsonNode header = table.path("header");
        Map<String, List<String>> headers = new LinkedHashMap<>();
        if (!header.isMissingNode() && !header.isObject()) {
            throw bad("header", "is not a table");
        }
        for (Map.Entry<String, JsonNode> entry : header.properties()) {
            String key = "header." + entry.getKey();
            List<String> values = texts(key, entry.getValue());
            values.forEach(value -> checkHeader(key, entry.getKey(), value));
            headers.put(entry.getKey(), values);
        }
        return headers;
    }

    /** A number of seconds, or text as 30s, 500ms, 2m. */
    Duration duration(String key, Duration absent) {
        JsonNode value = table.path(key);
        if (value.isMissingNode()) {
            return absent;
        }
        Duration duration =
                value.isIntegralNumber()
                        ? Duration.ofSeconds(value.longValue())
                        : parseDuration(key, text(key));
        if (!duration.isPositive()) {
            throw bad(key, "is not positive");
        }
        return duration;
    }

    /** A URL of a host; without a scheme it is https. */
    URI url(String key, String text) {
        String full = text.contains("://") ? text : "https://" + text;
        while (full.endsWith("/")) {
            full = full.substring(0, full.length() - 1);
        }
        try {
            URI url = URI.create(full);
            boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
            boolean bare =
                    url.getRawUserInfo() == null
                            && url.getRawQuery() == null
                            && url.getRawFragment() == null;
            if (web && bare && url.getHost() != null) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw new HostsFileException(file, key, "is not a URL: " + text);
        }
        throw new HostsFileException(file, key, "is not an http or https URL: " + text);
    }

    private TlsSettings.ClientCertificate client(List<String> files) {
        return switch (files.size()) {
            case 1 -> clientWithKey(files.getFirst());
            case 2 -> new TlsSettings.ClientCertificate(path(files.getFirst()), path(files.get(1)));
            default -> throw bad("client", "is neither a file nor a pair of files");
        };
    }

    private TlsSettings.ClientCertificate clientWithKey(String certificate) {
        return new TlsSettings.ClientCertificate(path(certificate), null);
    }

    private Path path(String text) {
        return file.resolveSibling(text);
    }

    private List<String> texts(String key, JsonNode value) {
        if (value.isMissingNode()) {
            return List.of();
        }
        if (value.isTextual()) {
            return List.of(value.textValue());
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : value) {
            if (!element.isTextual()) {
                throw bad(key, "holds something that is not a string");
            }
            texts.add(element.textValue());
        }
        if (!value.isArray()) {
            throw bad(key, "is neither a string nor an array of strings");
        }
        return texts;
    }

    private void checkHeader(String key, String name, String value) {
        try {
            HttpRequest.newBuilder().header(name, value);
        } catch (IllegalArgumentException e) {
            throw new HostsFileException(file, prefix + key, "cannot be sent: " + e.getMessage());
        }
    }

    private Duration parseDuration(String key, String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw bad(key, "is not a duration such as 30s: " + text);
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }
}
