"""How a text looks, whatever letters it is made of."""

from blog import markup

# Letters of other scripts that look like Latin ones, after folding.
LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһӏԛԝѵαοερνκτι", "aeopcyxijsdhlqwvaoepvkti")

# Hangul fillers and the empty Braille pattern: letters to Unicode, nothing to the eye.
BLANK_LETTERS = dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0\u2800"))


def unmasked(text: str) -> str:
    """`text` folded (width, case, accents), with look-alike letters made Latin."""
    return markup.fold(text).translate(LOOK_ALIKES)


def skeleton(name: str) -> str:
    """`name` as it looks at a glance: unmasked, without spaces and letters that show nothing."""
    return "".join(unmasked(name.translate(BLANK_LETTERS)).split())
