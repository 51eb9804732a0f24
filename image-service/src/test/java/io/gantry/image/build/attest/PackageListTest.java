package io.gantry.image.build.attest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PackageListTest {

    @Test
    void dpkgHasParagraphsOfWhichThoseCountThatAreInstalled() {
        String status =
                """
                Package: libc6
                Status: install ok installed
                Architecture: amd64
                Version: 2.36-9+deb12u4
                Description: GNU C Library
                 Package: not-a-field
                 Version: 1

                Package: gone
                Status: deinstall ok config-files
                Architecture: amd64
                Version: 1

                Package: base-files
                Architecture: all
                Version: 12.4
                """;
        assertThat(PackageList.ofDpkg(status, "debian"))
                .extracting(InstalledPackage::purl)
                .containsExactly(
                        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64",
                        "pkg:deb/debian/base-files@12.4?arch=all");
        assertThat(PackageList.ofDpkg("", "debian")).isEmpty();
    }

    @Test
    void apkHasFieldsOfOneLetter() {
        String installed = "C:Q1x=\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:ld.so\n\nP:broken\n\n";
        assertThat(PackageList.ofApk(installed, "alpine"))
                .containsExactly(
                        new InstalledPackage("apk", "alpine", "musl", "1.2.4-r2", "x86_64"));
    }

    @Test
    void theVendorIsWhatTheSystemCallsItself() {
        assertThat(PackageList.vendor("NAME=\"Debian\"\nVERSION_ID=12\nID=debian\n"))
                .isEqualTo("debian");
        assertThat(PackageList.vendor("ID='alpine'\n")).isEqualTo("alpine");
        assertThat(PackageList.vendor("")).isEmpty();
    }
}
