/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/phone.h"

#include <string.h>

/* "code ISO" pairs; the longest code that fits wins.  Where countries share a code the larger one stands. */
static const char calling_codes[] =
	"20 EG,211 SS,212 MA,213 DZ,216 TN,218 LY,220 GM,221 SN,222 MR,223 ML,224 GN,225 CI,226 BF,227 NE,228 TG,229 BJ,230 MU,"
	"231 LR,232 SL,233 GH,234 NG,235 TD,236 CF,237 CM,238 CV,239 ST,240 GQ,241 GA,242 CG,243 CD,244 AO,245 GW,246 IO,"
	"247 AC,248 SC,249 SD,250 RW,251 ET,252 SO,253 DJ,254 KE,255 TZ,256 UG,257 BI,258 MZ,260 ZM,261 MG,262 RE,263 ZW,"
	"264 NA,265 MW,266 LS,267 BW,268 SZ,269 KM,27 ZA,290 SH,291 ER,297 AW,298 FO,299 GL,30 GR,31 NL,32 BE,33 FR,34 ES,"
	"350 GI,351 PT,352 LU,353 IE,354 IS,355 AL,356 MT,357 CY,358 FI,359 BG,36 HU,370 LT,371 LV,372 EE,373 MD,374 AM,"
	"375 BY,376 AD,377 MC,378 SM,380 UA,381 RS,382 ME,383 XK,385 HR,386 SI,387 BA,389 MK,39 IT,40 RO,41 CH,420 CZ,"
	"421 SK,423 LI,43 AT,44 GB,45 DK,46 SE,47 NO,48 PL,49 DE,500 FK,501 BZ,502 GT,503 SV,504 HN,505 NI,506 CR,507 PA,"
	"508 PM,509 HT,51 PE,52 MX,53 CU,54 AR,55 BR,56 CL,57 CO,58 VE,590 GP,591 BO,592 GY,593 EC,594 GF,595 PY,596 MQ,"
	"597 SR,598 UY,599 CW,60 MY,61 AU,62 ID,63 PH,64 NZ,65 SG,66 TH,670 TL,672 NF,673 BN,674 NR,675 PG,676 TO,677 SB,"
	"678 VU,679 FJ,680 PW,681 WF,682 CK,683 NU,685 WS,686 KI,687 NC,688 TV,689 PF,690 TK,691 FM,692 MH,7 RU,76 KZ,"
	"77 KZ,81 JP,82 KR,84 VN,850 KP,852 HK,853 MO,855 KH,856 LA,86 CN,880 BD,886 TW,90 TR,91 IN,92 PK,93 AF,94 LK,"
	"95 MM,960 MV,961 LB,962 JO,963 SY,964 IQ,965 KW,966 SA,967 YE,968 OM,970 PS,971 AE,972 IL,973 BH,974 QA,975 BT,"
	"976 MN,977 NP,98 IR,992 TJ,993 TM,994 AZ,995 GE,996 KG,998 UZ";

/* Area codes of +1 that are not of the United States. */
static const char nanp_others[] =
	"204 CA,226 CA,236 CA,249 CA,250 CA,257 CA,263 CA,289 CA,306 CA,343 CA,354 CA,365 CA,367 CA,368 CA,382 CA,387 CA,"
	"403 CA,416 CA,418 CA,428 CA,431 CA,437 CA,438 CA,450 CA,468 CA,474 CA,506 CA,514 CA,519 CA,548 CA,579 CA,581 CA,"
	"584 CA,587 CA,604 CA,613 CA,639 CA,647 CA,672 CA,683 CA,705 CA,709 CA,742 CA,753 CA,778 CA,780 CA,782 CA,807 CA,"
	"819 CA,825 CA,867 CA,873 CA,879 CA,902 CA,905 CA,942 CA,"
	"242 BS,246 BB,264 AI,268 AG,284 VG,340 VI,345 KY,441 BM,473 GD,649 TC,658 JM,664 MS,670 MP,671 GU,684 AS,721 SX,"
	"758 LC,767 DM,784 VC,787 PR,809 DO,829 DO,849 DO,868 TT,869 KN,876 JM,939 PR";

static const char premium[] = "+1900 +1976 +449 +4487 +3389 +49900 +49137 +39899 +39892 +34803 +34806 +34807 +41900 "
			      "+41901 +41906 +43900 +43930 +31900 +31906 +32900 +35315 +61190 +8190";

static const char emergency[] = "911 112 999 000 110 113 115 117 118 119 102 103 108 190 192 193 15 17 18 988 933";

static const char withheld[] = "anonymous restricted unavailable unknown blocked +266696687 +7378742883 +2562533 "
			       "+8566696 +86282452253";

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

bool phone_is_e164(struct str s)
{
	struct str digits = str_skip(s, 1);
	return s.n >= 8 && s.n <= 16 && s.p[0] == '+' && s.p[1] != '0' && is_digits(digits);
}

/* The ISO code of the longest code in the list that digits begin with. */
static struct str longest(const char *list, struct str digits)
{
	struct str rest = str_of(list), best = STR("");
	size_t best_n = 0;
	while (rest.n > 0) {
		struct str iso = str_split(&rest, ','), code = str_split(&iso, ' ');
		if (code.n > best_n && str_starts(digits, code)) {
			best = iso;
			best_n = code.n;
		}
	}
	return best;
}

struct str phone_country(struct str e164)
{
	struct str digits = str_skip(e164, 1);
	if (!phone_is_e164(e164))
		return STR("");
	if (digits.p[0] != '1')
		return longest(calling_codes, digits);
	struct str area = str_skip(digits, 1), other = longest(nanp_others, area);
	return other.n > 0 ? other : STR("US");
}

static bool starts_with_any(const char *words, struct str s)
{
	struct str rest = str_of(words);
	while (rest.n > 0) {
		struct str word = str_split(&rest, ' ');
		if (word.n > 0 && str_starts(s, word))
			return true;
	}
	return false;
}

bool phone_is_emergency(struct str s)
{
	char digits[8];
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			continue;
		if (n == sizeof(digits))
			return false;
		digits[n++] = s.p[i];
	}
	struct str bare = {digits, n};
	bool is_nanp = n == 4 && digits[0] == '1';
	return str_is_among(bare, emergency) || (is_nanp && str_is_among(str_skip(bare, 1), "911 988 933"));
}

bool phone_is_premium(struct str e164)
{
	return starts_with_any(premium, e164);
}

bool phone_is_withheld(struct str from)
{
	return from.n == 0 || str_is_among(from, withheld);
}

bool phone_is_allowed(struct str e164, struct str countries)
{
	struct str country = phone_country(e164);
	if (!phone_is_e164(e164) || phone_is_premium(e164))
		return false;
	if (str_trim(countries).n == 0)
		return true;
	while (countries.n > 0) {
		struct str part = str_split(&countries, ',');
		while (part.n > 0)
			if (str_is(str_split(&part, ' '), country) && country.n > 0)
				return true;
	}
	return false;
}
