#!/usr/bin/perl
# Makes the directories of an image's layers, the same on every machine: their files have the sizes of a usual image's (most
# of some kilobytes, some of megabytes) and compress like one's, to about two fifths.
#
#   bench-image.pl DIRECTORY SEED LAYERS FILES MEGABYTES
use strict;
use warnings;

die "usage: bench-image.pl DIRECTORY SEED LAYERS FILES MEGABYTES\n" unless @ARGV == 5;
my ($top, $seed, $layers, $files, $megabytes) = @ARGV;

# Of its own, so that no version of perl makes another image.
my $state = $seed * 2654435761 % 2**32 || 1;
sub random {
    $state ^= $state << 13 & 0xffffffff;
    $state ^= $state >> 17;
    $state ^= $state << 5 & 0xffffffff;
    return $state;
}

# Long enough that no compressor finds the same piece again within its window.
my ($text, $noise) = ('', '');
my @words = map { join '', map { chr(97 + random() % 26) } 0 .. 1 + random() % 9 } 1 .. 6000;
my $pool = $megabytes > 100 ? 24 : 4;
$text .= $words[random() % @words] . (random() % 9 ? ' ' : "\n") while length $text < $pool << 20;
$noise .= pack 'L', random() while length $noise < 4 << 20;

sub content {
    my ($size) = @_;
    my $from = random() % 100 < 14 ? \$noise : \$text;
    my $bytes = '';
    while (length $bytes < $size) {
        my $piece = $size - length $bytes;
        $piece = 1 << 20 if $piece > 1 << 20;
        $bytes .= substr $$from, random() % (length($$from) - $piece), $piece;
    }
    return $bytes;
}

my @shares = map { ($layers - $_) / ($layers * ($layers + 1) / 2) } 0 .. $layers - 1;
for my $layer (0 .. $layers - 1) {
    my $count = int $files * $shares[$layer];
    my @sizes = map { exp(4 + (random() % 10000) / 10000 * 7 + ((random() % 40) ? 0 : 2.5)) } 1 .. $count;
    my $sum = 0;
    $sum += $_ for @sizes;
    my $scale = $megabytes * 1e6 * $shares[$layer] / $sum;
    my $directory = '';
    for my $i (0 .. $count - 1) {
        if ($i % 25 == 0) {
            $directory = sprintf '%s/%d/usr/lib/part%d/dir%04d', $top, $layer, $i / 500, $i;
            my $made = '';
            for (split m{/}, $directory) {
                $made .= "$_/";
                mkdir $made;
            }
            symlink 'file0', "$directory/current";
        }
        my $file = sprintf '%s/file%d', $directory, $i % 25;
        open my $out, '>', $file or die "$file: $!\n";
        print $out content(int $sizes[$i] * $scale) or die "$file: $!\n";
        close $out or die "$file: $!\n";
        chmod $i % 5 ? 0644 : 0755, $file;
    }
}
