package io.gantry.runtime.spec;

import io.gantry.runtime.bundle.ImageFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;

/**
 * The accounts of images, those of the last ones kept: the id of an image names its content, so
 * that what was read once stays true. Thread-safe.
 */
final class ImageAccounts {

    private static final int MAX_IMAGES = 64;

    /** Of both files: an image with more is read again every time. */
    private static final int MAX_KEPT_CHARS = 32 * 1024;

    private final ImageFiles images;
    private final LinkedHashMap<String, Accounts> kept =
            new LinkedHashMap<>(MAX_IMAGES, 0.75f, true);

    ImageAccounts(ImageFiles images) {
        this.images = images;
    }

    /** The accounts of an image. */
    Accounts of(String imageId) throws IOException {
        synchronized (kept) {
            Accounts known = kept.get(imageId);
            if (known != null) {
                return known;
            }
        }
        String passwd = text(imageId, "/etc/passwd");
        String group = text(imageId, "/etc/group");
        Accounts read = Accounts.parse(passwd, group);
        if (passwd.length() + group.length() <= MAX_KEPT_CHARS) {
            keep(imageId, read);
        }
        return read;
    }

    private void keep(String imageId, Accounts accounts) {
        synchronized (kept) {
            kept.put(imageId, accounts);
            if (kept.size() > MAX_IMAGES) {
                kept.pollFirstEntry();
            }
        }
    }

    private String text(String imageId, String path) throws IOException {
        return images.read(imageId, path)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("");
    }
}
