#!/bin/sh
# A policy script of Jamf, run as root; the two files come with a package into /private/tmp/dovetail. Run in a test with programs that only say what they would do.
set -eu
folder="/Library/Application Support/dovetail"
mkdir -p "$folder"
chown root:wheel "$folder"
chmod 755 "$folder"
for name in dovetail.toml managed.toml; do
  install -o root -g wheel -m 644 "/private/tmp/dovetail/$name" "$folder/$name"
done
