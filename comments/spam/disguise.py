"""How a text looks, whatever letters it is made of."""

from blog import markup

# Letters of other scripts that look like Latin ones, after folding.
LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһӏԛԝѵαοερνκτι", "aeopcyxijsdhlqwvaoepvkti")


def unmasked(text: str) -> str:
    """`text` folded (width, case, accents), with look-alike letters made Latin."""
    return markup.fold(text).translate(LOOK_ALIKES)


def skeleton(name: str) -> str:
    """`name` as it looks at a glance: unmasked, without spaces."""
    return "".join(unmasked(name).split())
