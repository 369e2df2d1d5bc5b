"""English words that carry no topic of their own: function words, and what every abstract says of itself."""

_FUNCTION_WORDS = """
a about above across after again against all almost along already also although always am among an and another any are
around as at away back be became because become becomes been before behind being below besides best better between
beyond both but by can cannot could did do does doing done down during each either else enough especially etc even
ever every everything far few fewer finally first five for four from further furthermore generally get give given
gives go goes good had has have having he hence her here herself him himself his how however i ie if in including
indeed instead into is it its itself just keep kind last later least less let like likely little made mainly make
makes making many may me might more moreover most mostly much must my namely near nearly need needed needs neither
never nevertheless new next no nor not nothing now of off often on once one ones only onto or other others otherwise
our ours out over own part particular particularly per perhaps put quite rather really recent recently respectively
same second see seem seems seen several shall she should since six so some somewhat soon still such take taken takes
ten than that the their theirs them themselves then there thereby therefore these they third this those though three
through throughout thus to together too toward towards two under unlike until up upon us use used useful uses using
usually various very via was way ways we well were what when where whereas whether which while who whole whom whose
why widely will with within without would yet you your
"""

_ABSTRACT_WORDS = """
able abstract according accordingly achieve achieved achieves achieving additional address addresses aim aims allow
allowing allows analyse analyze applied apply applying approach approaches article assess assessed assesses assessing
authors available based basic brief called can case cases challenge challenges challenging clear common commonly
compare compared comparing comparison conclude conclusion conclusions conduct conducted consider considered
considering consists contain containing contains contribution contributions correspondingly cover covers critical
current currently demonstrate demonstrated demonstrates describe described describes design detail details determine
develop developed develops different difficult discuss discussed discusses due effect effective effectively
effectiveness effects efficient efficiently eg enable enables enabling ensure establish established evaluate evaluated
evaluating evaluation evidence examine examined example examples existing experiment experimental experiments explore
explored explores facilitate fact find finding findings finds focus focused focuses follow following follows form
found framework fully future general generalize goal good greater help helps high higher highlight highly idea
identified identify identifying illustrate impact implement implemented implications important improve improved
improvement improves improving include included includes increase increased increases increasing increasingly indicate
indicated indicates insight insights introduce introduced introduces investigate investigated investigates
investigation involve involved issue issues key known lack large largely larger latest lead leading leads led level
levels limited literature low lower main major manner mean means method methods motivated multiple necessary note
novel number numbers numerous observe observed obtain obtained obtaining often open order overall overview paper
papers perform performed performing performs point points possible potential potentially practical practice present
presented presents prior problem problems propose proposed proposes provide provided provides providing purpose
question questions range reach recommend reduce reduced reduces reducing related relevant report reported reports
require required requires research respect result resulting results reveal revealed reveals review role section set
sets setting settings show showed showing shown shows significant significantly simple single small solution solutions
solve specific state states still strong studied studies study studying substantial substantially success successful
successfully suggest suggested suggests summarize support supports survey task tasks technique techniques term terms
theory thorough thoroughly time times today total traditional treat type types typical typically understand
understanding understood variety version wide work works year years yield yields
"""

_VAGUE_WORDS = """
abstraction activity algorithm algorithms analysis answer answers application applications area areas aspect aspects
assumption automated automatic automatically automation behavior behaviors behaviour behaviours benchmark benchmarks
capabilities capability choice class classes classical code combination combinations comparative complete complex
complexity component components concept concepts condition conditions constraint constraints content context core
correct correctly cost costs creation criteria criterion data definition definitions degree design designed designing
designs detect detected detecting detection development device devices digital distribution domain domains education
efficiency element elements engineer engineering engineers environment environments error errors estimate estimation
expected explainable factor factors failing failure failures feature features field form formal forms formula
framework frameworks function functional functions gap generate generated generation generator group groups guarantee
guarantees history human image images industrial industry infection information infrastructure input inputs instance
instances interest knowledge language learning line list local machine mapping mathematical measure measurement
measurements measures methodology mobile model modeling modelling models nature network networks object objects
observation online operation operations operator operators optimal output outputs parameter parameters partial
partially performance phase plan platform platforms population power predicting prediction principle principles
probabilities probability procedure process processes product products program programs project projects properties
property quality random rate rates ratio real reality reason regular relation relations reliability resource resources
rule rules running sample samples sampling scenario scenarios score scores sequence sequences service services signal
signals simulation simulator site software source sources space spaces stage standard statistic statistical statistics
step steps strategies strategy stream string structure structures student students subject suite suites system systems
target targets test tested testing tests tool tools training trial trials unit unknown user users validity value
values variable variables web
"""

VAGUE_WORDS = frozenset(_VAGUE_WORDS.split())
"""Words that tell a topic only in company: "mutation testing", not "testing"."""

STOP_WORDS = frozenset(_FUNCTION_WORDS.split()) | frozenset(_ABSTRACT_WORDS.split())
"""All of them, in lower case."""
