package io.gantry.e2e.powercut;

import io.gantry.e2e.harness.ImageLayout;
import io.gantry.e2e.harness.Tar;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A layer, the same on every machine, with what its directory has to look like once it is unpacked.
 *
 * @param tar the layer, not packed
 * @param listing a line for every entry, as {@link Listing} has them
 */
@SuppressWarnings("ArrayRecordComponent") // written once, never compared
record CargoLayer(byte[] tar, SortedSet<String> listing) {

    private static final int FILES_PER_DIRECTORY = 12;

    /** Most files are small: each has this times two to a power that all are as likely to have. */
    private static final int SMALLEST = 40;

    private static final int DOUBLINGS = 11;
    private static final int LARGE_EVERY = 40;
    private static final int LARGE = 300_000;

    /**
     * Makes one.
     *
     * @param name of its directory, so that it overlaps with no other layer
     * @param hidden an entry of a layer below that this one hides; empty: none
     */
    static CargoLayer make(String name, int files, String hidden) {
        Random random = new Random(name.hashCode());
        Tar tar = new Tar();
        SortedSet<String> lines = new TreeSet<>();
        tar.directory(name);
        lines.add(Listing.directory(name));
        String directory = name;
        for (int i = 0; i < files; i++) {
            if (i % FILES_PER_DIRECTORY == 0) {
                directory = name + "/d" + i;
                tar.directory(directory).symlink(directory + "/first", "f" + i);
                lines.add(Listing.directory(directory));
                lines.add(Listing.link(directory + "/first", "f" + i));
            }
            String file = directory + "/f" + i;
            byte[] content = content(random, i % LARGE_EVERY == LARGE_EVERY - 1);
            String also = i % FILES_PER_DIRECTORY == 1 ? directory + "/also" : "";
            tar.file(file, content);
            lines.add(Listing.file(file, content));
            if (!also.isEmpty()) {
                tar.link(also, file);
                lines.add(Listing.file(also, content));
            }
        }
        if (!hidden.isEmpty()) {
            int slash = hidden.lastIndexOf('/');
            String parent = hidden.substring(0, slash);
            tar.file(parent + "/.wh." + hidden.substring(slash + 1), "");
            lines.add(Listing.whiteout(hidden));
            for (String above = parent; !above.isEmpty(); above = parentOf(above)) {
                lines.add(Listing.directory(above));
            }
        }
        return new CargoLayer(tar.bytes(), lines);
    }

    String diffId() {
        return ImageLayout.digest(tar);
    }

    private static String parentOf(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    /** Half of it compresses well. */
    private static byte[] content(Random random, boolean large) {
        int size = large ? LARGE : SMALLEST << random.nextInt(DOUBLINGS);
        byte[] bytes = new byte[size + random.nextInt(SMALLEST)];
        byte[] noise = new byte[bytes.length / 2];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, bytes, 0, noise.length);
        return bytes;
    }
}
