# A platform script of Intune, run as SYSTEM with the two files beside it. Not run by us.
$folder = Join-Path $env:ProgramData "dovetail"
New-Item -ItemType Directory -Force -Path $folder | Out-Null
# The policy is used only where people cannot write it.
icacls $folder /inheritance:r /grant "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-32-545:(OI)(CI)RX" | Out-Null
Copy-Item -Force (Join-Path $PSScriptRoot "dovetail.toml"), (Join-Path $PSScriptRoot "managed.toml") $folder
